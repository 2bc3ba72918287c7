.require real_vecmat, pass_where_positive

.skill back_error       # errors of a layer, passed back through its weights to those units below that are above 0
    .input e, h
    .output y
    .constant r, c
    .weight w
        .invoke real_vecmat, e, w, y, r, c
        .invoke pass_where_positive, y, h, y, c
.endskill
