.const a, b + 1
.equ b, 2
.const r, 0.5
.CONST end, last + 1
. a b r end        # cells: 3 2 0.5 5
last: . 9
# symbols: last=4
# constants: a=3 b=2 end=5
