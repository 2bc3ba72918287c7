.skill Bit_Palindrome   # both ends of the prefix, towards its middle
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, low, high, v, u
        ld   left, n
        mov  x_at, x
        mov  y_at, y
@next:  jle  left, @done
        ld   x_i, x_at
        movi y_i, 1
        mov  low, x
        mov  high, x_at
@pair:  mov  v, low
        fcmp v, high
        jle  v, @compare
        jmp  @put
@compare: ld   v, low
        ld   u, high
        fcmp v, u
        fadd low, x.stride
        fsub high, x.stride
        jeq  v, @pair
        movi y_i, 0
@put:
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
