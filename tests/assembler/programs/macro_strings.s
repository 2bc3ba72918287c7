.macro say text, n
  .string text
  .fill n, text_end - text_end
.endmacro
say "hi", 2         # cells: 104 105 0 0
text_end: . 1
