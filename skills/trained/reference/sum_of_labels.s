.skill sum_of_labels    # sum <- left + right
    .input left, right
    .output sum
    .scratch value, other
        ld   value, left
        ld   other, right
        add  value, other
        st   sum, value
.endskill
