# Multiplication of 32-bit integers in plain SUBLEQ, modulo 2^32 as MUL does: right for all operands, negative ones and
# the smallest integer included. Double-and-add, from the highest bit of x down: about 440 instructions whatever the
# operands, where adding y x times could take two thousand million.
#
#   multiply_cells result, x, y      result <- x * y; result may be x or y
#
# The routine: arguments multiply.x (used up) and multiply.y, result multiply.product, return cell multiply.return.

.include "subleq.s"

.macro multiply_cells result, x, y
        mov  multiply.x, x
        mov  multiply.y, y
        call multiply, multiply.return
        mov  result, multiply.product
.endmacro

        jmp  multiply.end
multiply:
        clear multiply.product
        mov  multiply.left, multiply.bits
@bit:   double multiply.product
        jlt  multiply.x, @one          # the highest bit is the sign
        jmp  @next
@one:   add  multiply.product, multiply.y
@next:  double multiply.x              # the next bit becomes the highest
        dec  multiply.left
        jle  multiply.left, @done
        jmp  @bit
@done:  zero zero multiply.return:0
multiply.end:

.data
multiply.x:       . 0
multiply.y:       . 0
multiply.product: . 0
multiply.left:    . 0
multiply.bits:    . 32
.code
