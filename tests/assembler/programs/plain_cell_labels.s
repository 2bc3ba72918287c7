# options: dialect=subleq
start: p:0 q:0 end   # cells: 0 0 6
p q start            # cells: 0 1 0
end: . 7             # cells: 7
# symbols: start=0 p=0 q=1 end=6
