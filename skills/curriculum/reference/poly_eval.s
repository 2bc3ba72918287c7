.skill poly_eval        # Horner's rule
    .input x, t
    .output y
    .constant n
    .scratch left, x_at, r, p, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
        ld   p, t
@next:  jle  left, @done
        ld   x_i, x_at
        mul  r, p
        add  r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
