. =?           # error: '?' has no address here at 4
. =1 << 40     # error: does not fit a cell of 32 bits at 4
