.dialect subleq
.skill one    # error: dialect subleq has no skills at 8
.endskill
