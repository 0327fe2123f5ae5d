import ArgumentParser
import Glibc

/// Looks again and again, so rarely that it costs what is measured nothing.
func wait(_ purpose: String, _ isDone: () throws -> Bool) throws {
    for _ in 0..<6_000 {
        if try isDone() { return }
        usleep(10_000)
    }
    throw ValidationError("gave up waiting for \(purpose)")
}
