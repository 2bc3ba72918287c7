.skill even_label       # even <- whether the label is even
    .input image
    .output even
    .scratch value, two
        ld   value, image
        mov  two, =2
        mod  value, two
        xor  value, =1
        st   even, value
.endskill
