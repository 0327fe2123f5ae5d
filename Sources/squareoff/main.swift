print("squareoff")
