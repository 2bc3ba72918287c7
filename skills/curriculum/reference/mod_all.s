.skill mod_all          # the remainders of a vector of numbers from 0 on, divided by a number
    .input x, k
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, q
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        ld   q, k
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, x_i
        mod  y_i, q
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
