# Printing text and decimal numbers. Include this before using the macros; the code jumps over itself.
#
#   print_string label     print the text at `label`, up to the first 0
#   print_decimal cell     print the integer in `cell` as decimal digits, with a minus sign if it is negative
#   print_newline          print a line end
#
# The routines behind the macros, with their arguments in named cells:
#   print.text     argument: print.from, the address of the text. Changes print.from and print.byte.
#   print.decimal  argument: print.number. Changes it, print.digit and print.byte. Uses up to 12 cells of stack.

.macro print_string label
        movi print.from, label
        call print.text
.endmacro

.macro print_decimal cell
        mov  print.number, cell
        call print.decimal
.endmacro

.macro print_newline
        out  ='\n'
.endmacro

        jmp  print.end

print.text:
        ld   print.byte, print.from
        jeq  print.byte, @done
        out  print.byte
        addi print.from, 1
        jmp  print.text
@done:  ret

# Digits come out lowest first, so they wait on the stack, above a 0 that ends them. The number is made negative, not
# positive: every positive number has a negative, but the smallest number has no positive.
print.decimal:
        push =0
        jlt  print.number, @minus
        neg  print.number, print.number
        jmp  @digits
@minus: out  ='-'
@digits:
        mov  print.digit, print.number
        mod  print.digit, =10                  # 0 .. -9, as MOD has the sign of the dividend
        neg  print.digit, print.digit
        addi print.digit, '0'
        push print.digit
        div  print.number, =10
        jlt  print.number, @digits
@print: pop  print.byte
        jeq  print.byte, @done
        out  print.byte
        jmp  @print
@done:  ret
print.end:

.data
print.from:   . 0
print.byte:   . 0
print.number: . 0
print.digit:  . 0
.code
