.skill move_weights     # a vector of weights plus a rate times an error times an input vector
    .input w, rate, e, x
    .output u
    .constant n
    .scratch left, w_at, x_at, u_at, w_i, x_i, u_i, k, v
        ld   left, n
        mov  w_at, w
        mov  x_at, x
        mov  u_at, u
        ld   k, rate
        ld   v, e
        fmul k, v
@next:  jle  left, @done
        ld   w_i, w_at
        ld   x_i, x_at
        mov  u_i, x_i
        fmul u_i, k
        fadd u_i, w_i
        st   u_at, u_i
        fadd w_at, w.stride
        fadd x_at, x.stride
        fadd u_at, u.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
