.skill outer_product    # the products of each number of one vector with each of another
    .input x, z
    .output y
    .constant r, c
    .scratch left, x_at, y_at, v, right, z_at, w
        ld   left, r
        mov  x_at, x
        mov  y_at, y
@row:   jle  left, @done
        ld   v, x_at
        ld   right, c
        mov  z_at, z
@next:  jle  right, @end
        ld   w, z_at
        mul  w, v
        st   y_at, w
        fadd z_at, z.stride
        fadd y_at, y.stride
        addi right, -1
        jmp  @next
@end:   fadd x_at, x.stride
        addi left, -1
        jmp  @row
@done:  return
.endskill
