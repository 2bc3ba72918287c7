.skill inlier_count     # how many points are not farther from a line, in the second coordinate, than a threshold
    .input x, y, m, c, t
    .output k
    .constant n
    .scratch slope, start, room, left, x_at, y_at, count, v, u
        ld   slope, m
        ld   start, c
        ld   room, t
        fmul room, room
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi count, 0
@next:  jle  left, @done
        ld   v, x_at
        fmul v, slope
        fadd v, start
        ld   u, y_at
        fsub v, u
        fmul v, v
        fcmp v, room
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jle  v, @hit
        jmp  @next
@hit:   fadd count, =1
        jmp  @next
@done:  st   k, count
.endskill
