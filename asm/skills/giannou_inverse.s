# The inverse of a matrix by Newton's iteration X <- X (2 I - A X), a skill called through EXEC, as FLEQ calls a
# function block (Giannou et al., 2023). It begins with the transpose of A divided by the sum of squares of A, from
# where it converges for every matrix that has an inverse, each round squaring what I - A X is. Input: the size (at most
# 4), the rounds, and the matrix row by row. Output: the inverse, row by row.
#
# run: a matrix of two rows
#   input: 2 12   4 7  2 6
#   output: 0.5999999999999999 -0.7  -0.19999999999999996 0.39999999999999997
# run: a number
#   input: 1 6   8
#   output: 0.125

.require fdot, ftranspose, fscale, fmatmul, fcopy, fdiv

.skill newton_inverse
    .input a
    .output x, work         # work: two matrices
    .constant n, rounds
    .scratch left, size, factor, more, to, step, second, value
        ld   size, n
        ld   step, n
        fadd step, =1
        fmul step, work.stride  # from one place on the diagonal to the next
        fmul size, size
        mov  second, size
        fmul second, work.stride
        fadd second, work
        .invoke ftranspose, a, x, n, n
        .invoke fdot, a, a, factor, size
        movi value, 1
        .invoke fdiv, value, factor, factor
        .invoke fscale, factor, x, x, size

        ld   left, rounds
        movi factor, -1
@round: jle  left, @done
        .invoke fmatmul, a, x, work, n, n, n
        .invoke fscale, factor, work, work, size
        mov  to, work           # 2 I - A X
        ld   more, n
@diagonal:
        jle  more, @times
        ld   value, to
        fadd value, =2
        st   to, value
        fadd to, step
        addi more, -1
        jmp  @diagonal
@times: .invoke fmatmul, x, work, work:second, n, n, n
        .invoke fcopy, work:second, x, size
        addi left, -1
        jmp  @round
@done:  return
.endskill

        in   n
        in   rounds
        mov  left, n
        mul  left, n
        movi at.index, 0
read:   jle  left, apply
        in   value
        stx  at.base, value
        addi at.index, 1
        addi left, -1
        jmp  read
apply:  .invoke newton_inverse, a, x, work, n, rounds
        mov  left, n
        mul  left, n
        movi at.base, x.data
        movi at.index, 0
print:  jle  left, done
        ldx  value, at.base
        out  value
        addi at.index, 1
        addi left, -1
        jmp  print
done:   halt

.data
n:      . 0
rounds: . 0
left:   . 0
value:  . 0
at.base: . a.data
at.index: . 0
a.data: .fill 16
x.data: .fill 16
work.data: .fill 32
.pointer a, a.data, 4, 4
.pointer x, x.data, 4, 4
.pointer work, work.data, 8, 4

.stack 160
