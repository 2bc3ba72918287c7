.skill pass_where_positive # a vector, but 0 where another one is not above 0
    .input x, h
    .output y
    .constant n
    .scratch left, x_at, h_at, y_at, x_i, h_i, y_i
        ld   left, n
        mov  x_at, x
        mov  h_at, h
        mov  y_at, y
@next:  jle  left, @done
        ld   x_i, x_at
        ld   h_i, h_at
        movi y_i, 0
        jle  h_i, @put
        mov  y_i, x_i
@put:
        st   y_at, y_i
        fadd x_at, x.stride
        fadd h_at, h.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
