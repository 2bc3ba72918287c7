# The transpose of a matrix by a skill called through EXEC, as FLEQ calls a function block (Giannou et al., 2023).
# Input: rows, columns, and the numbers row by row; at most 36 of them. Output: the transpose, row by row; nothing of
# larger ones.
#
# run: two rows of three
#   input: 2 3  1 2 3  4 5 6
#   output: 1 4  2 5  3 6
# run: real numbers, square
#   input: 2 2  0.5 -1  2.25 4
#   output: 0.5 2.25  -1 4
# run: nothing
#   input: 0 0
# run: the largest
#   input: 1 36  1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36
#   output: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36
# run: too large
#   input: 1 37  1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37

.require ftranspose

        in   rows
        in   columns
        mov  count, rows
        mul  count, columns
        mov  left, count
        addi left, -36
        jle  left, fits
        halt
fits:   mov  left, count
        movi at.index, 0
read:   jle  left, apply
        in   value
        stx  at.a, value
        addi at.index, 1
        addi left, -1
        jmp  read
apply:  .invoke ftranspose, a, b, rows, columns
        movi at.a, b.data              # print b
        movi at.index, 0
print:  jle  count, done
        ldx  value, at.a
        out  value
        addi at.index, 1
        addi count, -1
        jmp  print
done:   halt

.data
rows:   . 0
columns: . 0
count:  . 0
left:   . 0
value:  . 0
at.a:   . a.data
at.index: . 0
a.data: .fill 36
b.data: .fill 36
.pointer a, a.data, 6, 6
.pointer b, b.data, 6, 6

.stack 64
