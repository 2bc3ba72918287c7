.skill word_starts      # 1 where a word begins: a number that is not 0 after a 0 or at the start
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, s
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        movi y_i, 0
        jeq  x_i, @put
        jeq  s, @first
        jmp  @put
@first: movi y_i, 1
@put:   mov  s, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
