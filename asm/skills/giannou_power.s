# The largest eigenvalue of a symmetric matrix, and its eigenvector, by power iteration v <- A v / |A v|: a skill called
# through EXEC, as FLEQ calls a function block (Giannou et al., 2023). Input: the size (at most 4), the rounds, and the
# matrix row by row. Output: v . A v, then v.
#
# run: eigenvalues 3 and 1
#   input: 2 25   2 1  1 2
#   output: 3  0.7071067811866667 0.7071067811864283

.require fmatvec, fdot, fsqrt, fdiv, fscale

.skill power_iteration
    .input a
    .output v, value, work
    .constant n, rounds
    .scratch left, norm, one
        movi one, 1
        ld   left, rounds
@round: jle  left, @done
        .invoke fmatvec, a, v, work, n, n
        .invoke fdot, work, work, norm, n
        .invoke fsqrt, norm, norm
        .invoke fdiv, one, norm, norm
        .invoke fscale, norm, work, v, n
        addi left, -1
        jmp  @round
@done:  .invoke fmatvec, a, v, work, n, n
        .invoke fdot, v, work, value, n
.endskill

        in   n
        in   rounds
        mov  left, n
        mul  left, n
        movi at.index, 0
read:   jle  left, apply
        in   number
        stx  at.base, number
        addi at.index, 1
        addi left, -1
        jmp  read
apply:  .invoke power_iteration, a, v, value, work, n, rounds
        out  value
        movi at.base, v.data
        movi at.index, 0
print:  jle  n, done
        ldx  number, at.base
        out  number
        addi at.index, 1
        addi n, -1
        jmp  print
done:   halt

.data
n:      . 0
rounds: . 0
left:   . 0
number: . 0
value:  . 0
at.base: . a.data
at.index: . 0
a.data: .fill 16
v.data: . 1 0.75 0.5 0.25              # anything that is not orthogonal to the eigenvector
work.data: .fill 4
.pointer a, a.data, 4, 4
.pointer v, v.data, 1, 4
.pointer work, work.data, 1, 4

.stack 160
