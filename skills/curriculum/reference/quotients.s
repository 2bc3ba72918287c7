.skill quotients        # a number, and what is left of it where it is divided by another again and again
    .input x, k
    .output y
    .constant n
    .scratch left, y_at, y_i, v, b
        ld   left, n
        mov  y_at, y
        ld   v, x
        ld   b, k
@next:  jle  left, @done
        mov  y_i, v
        div  v, b
        st   y_at, y_i
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
