# Skills that call skills: the dot product by composition, and a recursion.
#
# Each call has a frame of its own on the stack: slots, scratch, and what it may write. So `pairs` calls itself, and
# `dot` calls `multiply`, without one spoiling the other's cells.
#
# run: dot product of the two vectors; pairs of rabbits in a month (0, 1, 1, 2, 3, 5, ...)
#   input: 1
#   output: 32 1
# run: a deeper recursion
#   input: 9
#   output: 32 34

        .invoke dot, left, right, product, =3
        out  product
        in   month
        .invoke pairs, month, result
        out  result
        halt

.skill multiply                        # y = a b
    .input a, b
    .output y
    .scratch p, q
        ld   p, a
        ld   q, b
        mul  p, q
        st   y, p
.endskill

.skill dot                             # s = the sum of x[i] y[i] over i < n
    .input x, y
    .output s
    .constant n
    .scratch from, to, left, product, total
        mov  from, x
        mov  to, y
        ld   left, n
        movi total, 0
@loop:  jle  left, @done
        .invoke multiply, x:from, y:to, product
        add  total, product
        add  from, x.stride
        add  to, y.stride
        addi left, -1
        jmp  @loop
@done:  st   s, total
.endskill

.skill pairs                           # y = pairs(n - 1) + pairs(n - 2)
    .input n
    .output y
    .scratch month, first, second
        ld   month, n
        addi month, -1
        jle  month, @small
        .invoke pairs, month, first
        addi month, -1
        .invoke pairs, month, second
        add  first, second
        st   y, first
        return
@small: addi month, 1
        st   y, month
.endskill

.data
numbers: . 1 2 3   4 5 6
product: . 0
month:   . 0
result:  . 0

.pointer left, numbers, 3
.pointer right, numbers + 3, 3
