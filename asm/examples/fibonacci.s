# The first n Fibonacci numbers. Beyond the 47th a sum no longer fits 32 bits and wraps, as integers do.
#
# run: ten
#   input: 10
#   output: 0 1 1 2 3 5 8 13 21 34
# run: none
#   input: 0
# run: the last that fits, and the first that wraps
#   input: 48
#   output: 0 1 1 2 3 5 8 13 21 34 55 89 144 233 377 610 987 1597 2584 4181 6765 10946 17711 28657 46368 75025 121393
#   output: 196418 317811 514229 832040 1346269 2178309 3524578 5702887 9227465 14930352 24157817 39088169 63245986
#   output: 102334155 165580141 267914296 433494437 701408733 1134903170 1836311903 -1323752223

        in   count
loop:   jle  count, done
        out  this
        add  this, next        # (this, next) becomes (next, this + next)
        mov  sum, this
        mov  this, next
        mov  next, sum
        addi count, -1
        jmp  loop
done:   halt

.data
count:  . 0
this:   . 0
next:   . 1
sum:    . 0
