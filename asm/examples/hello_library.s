# Hello, world, with the routine that prints text from the library. The text ends with a 0, which `.stringz` adds.
#
# run: greets
#   output: "Hello, world!\nGrüße!\n"

.include "../lib/print.s"

        print_string greeting
        print_string another
        halt

.data
greeting: .stringz "Hello, world!\n"
another:  .stringz "Grüße!\n"         # a string is one cell for each byte of UTF-8

.stack 8
