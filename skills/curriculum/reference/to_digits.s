.skill to_digits        # the digits of a number in a base, the lowest first
    .input x, k
    .output y
    .constant n
    .scratch left, y_at, v, q, y_i
        ld   left, n
        mov  y_at, y
        ld   v, x
        ld   q, k
@next:  jle  left, @done
        mov  y_i, v
        mod  y_i, q
        div  v, q
        st   y_at, y_i
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
