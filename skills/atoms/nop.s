.skill nop              # nothing
.endskill
