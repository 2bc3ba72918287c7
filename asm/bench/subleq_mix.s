# Plain SUBLEQ to be timed: for i = n..1, for j = 8..1: t = a + b; a = b; b = t, Fibonacci's sums modulo 2^32.
# About 160 instructions for each round of the outer loop.
#
# The input is n, the output the last sum.
#
# run: three rounds
#   input: 3
#   output: 514229
.dialect subleq

        (-1) n                          # n <- input
outer:  eight_ j; Z eight_; Z Z         # (j is 0 here) j <- -eight_ = 8, eight_ keeps -8
inner:  t t; a Z; Z t; Z Z              # t <- a
        b Z; Z t; Z Z                   # t <- t + b
        a a; b Z; Z a; Z Z              # a <- b
        b b; t Z; Z b; Z Z              # b <- t
        one j; Z Z check                # j <- j - 1, always go on to the check
check:  Z j next                        # j <= 0: the outer loop goes on
        Z Z inner
next:   one n done                      # n <- n - 1
        Z Z outer
done:   b (-1)
        Z Z (-1)

. Z:0 one:1 n:0 j:0 t:0 a:3 b:5 eight_:-8
