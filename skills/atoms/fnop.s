.skill fnop             # nothing
    .jacobian
.endskill
