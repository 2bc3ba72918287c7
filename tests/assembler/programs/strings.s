.string "ab\n"     # cells: 97 98 10
.stringz "ab"      # cells: 97 98 0
.string "\xff\x00" # cells: 255 0
.stringz ""        # cells: 0
.string "" "x;y"   # cells: 120 59 121
