# The product of two matrices by a skill called through EXEC, as FLEQ calls a function block (Giannou et al., 2023).
# Input: the rows of the first, its columns, the columns of the second, then both matrices row by row, at most 16
# numbers each, as in the product. Output: the product, row by row; nothing of larger ones.
#
# run: two by three times three by two
#   input: 2 3 2   1 2 3  4 5 6   7 8  9 10  11 12
#   output: 58 64  139 154
# run: a rotation by a right angle, and a vector
#   input: 2 2 1   0 -1  1 0   0.5 3
#   output: -3 0.5
# run: a product that is too large
#   input: 5 1 5   1 2 3 4 5   1 2 3 4 5
# run: a factor that is too large
#   input: 1 17 1

.require fmatmul

.macro read_matrix rows, columns, data
        mov  left, rows
        mul  left, columns
        movi at.base, data
        movi at.index, 0
@next:  jle  left, @done
        in   value
        stx  at.base, value
        addi at.index, 1
        addi left, -1
        jmp  @next
@done:
.endmacro

.macro check_size rows, columns
        mov  left, rows
        mul  left, columns
        addi left, -16
        jle  left, @fits
        halt
@fits:
.endmacro

        in   rows
        in   inner
        in   columns
        check_size rows, inner
        check_size inner, columns
        check_size rows, columns
        read_matrix rows, inner, a.data
        read_matrix inner, columns, b.data
        .invoke fmatmul, a, b, c, rows, inner, columns
        mov  left, rows
        mul  left, columns
        movi at.base, c.data
        movi at.index, 0
print:  jle  left, done
        ldx  value, at.base
        out  value
        addi at.index, 1
        addi left, -1
        jmp  print
done:   halt

.data
rows:   . 0
inner:  . 0
columns: . 0
left:   . 0
value:  . 0
at.base: . 0
at.index: . 0
a.data: .fill 16
b.data: .fill 16
c.data: .fill 16
.pointer a, a.data, 4, 4
.pointer b, b.data, 4, 4
.pointer c, c.data, 4, 4

.stack 100
