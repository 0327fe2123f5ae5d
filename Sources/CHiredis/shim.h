// Swift imports the structs, the reader and the functions without varargs as they are; hiredis
// needs no wrapper here.
#include <hiredis/hiredis.h>
