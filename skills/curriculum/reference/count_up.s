.skill count_up         # the numbers 0, 1, 2 and so on
    .output y
    .constant n
    .scratch left, y_at, k, y_i
        ld   left, n
        mov  y_at, y
        movi k, 0
@next:  jle  left, @done
        mov  y_i, k
        addi k, 1
        st   y_at, y_i
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
