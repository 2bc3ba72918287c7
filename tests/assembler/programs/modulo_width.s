# error: dialect subleq-modulo needs words of 8 or 16 bits at 1
.dialect subleq-modulo
0 0
