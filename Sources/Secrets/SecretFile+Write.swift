import Glibc

extension SecretFile {
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Puts a new file in the place of the old one, in one step: who reads at that moment reads
    /// the one or the other.
    package static func write(_ bytes: [UInt8], to path: String) throws(SecretFileError) {
        var template = Array("\(path).XXXXXX".utf8CString)
        // With mode 0600, whatever the mask.
        let file = mkstemp(&template)
        guard file >= 0 else { throw .unwritable(path: path, reason: systemError()) }
        let isWritten =
            bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } == bytes.count
            && fsync(file) == 0
        let reason = systemError()
        close(file)
        guard isWritten, rename(template, path) == 0 else {
            unlink(template)
            throw .unwritable(path: path, reason: isWritten ? systemError() : reason)
        }
    }
}
