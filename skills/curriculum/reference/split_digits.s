.skill split_digits     # the lowest digits of a number in a base, the lowest first, and what is left above them
    .input x, k
    .output y, rest
    .constant n
    .scratch left, y_at, y_i, v, b
        ld   left, n
        mov  y_at, y
        ld   v, x
        ld   b, k
@next:  jle  left, @done
        mov  y_i, v
        mod  y_i, b
        div  v, b
        st   y_at, y_i
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  st   rest, v
.endskill
