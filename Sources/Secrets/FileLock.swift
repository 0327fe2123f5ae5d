import Glibc

/// A lock between processes, for as long as the object lives. The kernel takes it from a process
/// that dies.
package final class FileLock: Sendable {
    private let file: Int32

    private init(owning file: Int32) { self.file = file }

    deinit { close(file) }

    /// Nil while another one holds it.
    package static func take(_ path: String) throws(SecretFileError) -> FileLock? {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unwritable(path: path, reason: systemError()) }
        // Of the open file and not of the process: two holders in one process exclude each other.
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(file)
            guard code == EWOULDBLOCK else {
                throw .unwritable(path: path, reason: systemError(code))
            }
            return nil
        }
        return FileLock(owning: file)
    }
}
