.skill full_adder       # the sum of three bits: its low bit and the carry
    .input a, b, c
    .output sum, carry
    .scratch v, w, u
        ld   v, a
        ld   w, b
        add  v, w
        ld   w, c
        add  v, w
        mov  u, v
        and  v, =1
        st   sum, v
        shr  u, =1
        st   carry, u
.endskill
