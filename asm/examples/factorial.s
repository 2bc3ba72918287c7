# n! for each number of the input, by recursion: every call keeps its own n on the stack.
#
# run: small numbers
#   input: 0 1 5 10
#   output: 1 1 120 3628800
# run: the largest that fits 32 bits
#   input: 12
#   output: 479001600
# run: too deep for the stack
#   input: 40
#   end: fault stack-overflow

loop:   in   n
        jlt  n, done           # the end of the input
        push n
        call factorial
        pop  n
        out  n
        jmp  loop
done:   halt

# factorial: the argument lies on the stack below the return address; the result replaces it.
# On entry: sp -> return address, sp + 1 -> n.
factorial:
        lds  n, 1
        jle  n, @one
        addi n, -1
        push n                 # now: sp -> n - 1, sp + 1 -> return address, sp + 2 -> n
        call factorial
        pop  result            # (n - 1)!
        lds  n, 1
        mul  result, n
        sts  1, result
        ret
@one:   movi result, 1
        sts  1, result
        ret

.data
n:      . 0
result: . 0

.stack 64                      # two cells a call: room for 32 calls inside each other
