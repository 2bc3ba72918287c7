.skill equals_key       # 1 in each place where a vector holds a key, else 0
    .input x, key
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, k
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        ld   k, key
@next:  jle  left, @done
        ld   x_i, x_at
        movi y_i, 0
        sub  x_i, k
        jeq  x_i, @hit
        jmp  @put
@hit:   movi y_i, 1
@put:
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
