import Glibc

/// The text of `errno`, read at once, before another call overwrites it.
package func systemError(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
