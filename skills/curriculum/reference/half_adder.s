.skill half_adder       # the sum of two bits: its low bit and the carry
    .input a, b
    .output sum, carry
    .scratch v, w, u
        ld   v, a
        ld   w, b
        mov  u, v
        xor  v, w
        st   sum, v
        and  u, w
        st   carry, u
.endskill
