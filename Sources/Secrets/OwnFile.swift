import Glibc

/// Files that are believed because nobody but their owner can have written them. What they say is
/// no secret: who reads along does no harm.
package enum OwnFile {
    /// Makes the folder, for its owner alone, where there is none. One that somebody else has put
    /// there, or could put something into, is refused: it is left as it is.
    package static func prepareFolder(_ path: String) throws(SecretFileError) {
        var path = path
        // With a slash at its end, a link is followed before it is looked at.
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .unwritable(path: path, reason: systemError())
        }
        var status = stat()
        guard lstat(path, &status) == 0 else {
            throw .unreadable(path: path, reason: systemError())
        }
        if let flaw = flaw(status, kind: S_IFDIR) { throw .unwritable(path: path, reason: flaw) }
    }

    /// Nil where there is none, and for one that somebody else could have written.
    package static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        // Asked of the open file: the path could name another one a moment later.
        var status = stat()
        guard fstat(file, &status) == 0, flaw(status, kind: S_IFREG) == nil else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var place = 0
        while place < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(file, buffer.baseAddress?.advanced(by: place), buffer.count - place)
            }
            guard count > 0 else { return nil }
            place += count
        }
        return bytes
    }

    /// Why somebody else could have written it; nil where nobody could.
    private static func flaw(_ status: stat, kind: mode_t) -> String? {
        let found = status.st_mode & S_IFMT
        if found == S_IFLNK { return "a symbolic link" }
        if found != kind { return kind == S_IFDIR ? "no folder" : "no regular file" }
        guard status.st_uid == geteuid() else {
            return "belongs to user \(status.st_uid), and not to user \(geteuid())"
        }
        let mode = status.st_mode & 0o7777
        guard mode & 0o022 == 0 else {
            return "has mode \(String(mode, radix: 8)), so that others may write (chmod go-w)"
        }
        return nil
    }
}
