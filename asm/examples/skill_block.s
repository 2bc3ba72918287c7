# A skill block, called by EXEC: f(x) = x * x, and its Jacobian 2 x. The same block serves any data, as its code reaches
# data only through the slots, which hold addresses.
#
# A block is a flag, the entry of the forward code and the entry of the Jacobian code; the slots follow. EXEC calls the
# forward code if the flag is 0, else the Jacobian code.
#
# run: values and slopes
#   input: 3 -1.5 0.1
#   output: 9 6  2.25 -3  0.010000000000000002 0.2

        movi left, 3
        movi block, square             # EXEC takes the address of the block from a cell
loop:   in   x
        movi square.flag, 0            # forward: y = f(x)
        exec block
        out  y
        movi square.flag, 1            # Jacobian: dy/dx
        exec block
        out  slope
        addi left, -1
        jeq  left, done
        jmp  loop
done:   halt

# The skill. LD and ST go through the slots.
square.forward:
        ld   square.value, square.x
        fmul square.value, square.value
        st   square.y, square.value
        ret
square.jacobian:
        ld   square.value, square.x
        fadd square.value, square.value
        st   square.dy_dx, square.value
        ret

.data
square:                                # the block
square.flag:  . 0
              . square.forward
              . square.jacobian
square.x:     . x                      # slots: the input, the output, the derivative
square.y:     . y
square.dy_dx: . slope
square.value: . 0                      # scratch

block:  . 0
left:   . 0
x:      . 0
y:      . 0
slope:  . 0

.stack 8
