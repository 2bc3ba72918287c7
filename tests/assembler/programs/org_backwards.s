. 1 2 3
.org 2      # error: .org 2 goes backwards: this is address 3 at 6
