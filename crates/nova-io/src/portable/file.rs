//! The file of a Unix socket: made, replaced if its listener has died, removed at the end.
//!
//! A Unix socket's file outlives the process that made it, and binding to a path that exists is
//! refused whether anybody listens there or not (unix(7)). Only connecting tells the dead from the
//! living, and between that and removing the file somebody else may have bound it: so what is
//! removed is first moved aside, where nobody can bind it, and looked at again.

use std::ffi::OsString;
use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf, absolute};

use socket2::{Domain, SockAddr, Socket, Type};

use super::ListenOptions;

/// A socket's file that we made. Dropping it removes the file if it is still that one; it must be
/// dropped before the socket, which keeps the file's number from being given to another.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    made: Identity,
}

/// Which file is meant, whatever its name.
type Identity = (u64, u64);

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<Self> {
        // Programs change their working directory.
        let path = absolute(path)?;
        let made = identity(&fs::symlink_metadata(&path)?);
        Ok(Self { path, made })
    }

    fn is_in_place(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|found| identity(&found) == self.made)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.is_in_place() {
            // Who took our permission away must remove it; the next start will replace it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Binds `path` and listens.
pub(super) fn listen(path: &Path, options: &ListenOptions) -> io::Result<(Socket, SocketFile)> {
    let address = SockAddr::unix(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    if let Err(error) = socket.bind(&address) {
        if error.kind() != io::ErrorKind::AddrInUse {
            return Err(error);
        }
        make_way(path)?;
        socket.bind(&address)?;
    }
    let file = SocketFile::at(path)?;
    if let Some(mode) = options.mode {
        // Nobody can connect before `listen`, so nobody gets in under other permissions.
        fs::set_permissions(path, Permissions::from_mode(mode))?;
    }
    socket.listen(options.backlog)?;
    if file.is_in_place() {
        Ok((socket, file))
    } else {
        // Another server found us between bind and listen, and thought us dead.
        Err(in_use())
    }
}

/// Removes the file of a dead listener; an error if it is not that.
fn make_way(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !found.file_type().is_socket() {
        let why = "there is a file of this name that is not a socket";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    if listens(path) {
        return Err(in_use());
    }
    let aside = aside(path);
    fs::rename(path, &aside)?;
    let moved = fs::symlink_metadata(&aside)?;
    if identity(&moved) != identity(&found) || listens(&aside) {
        // Somebody bound it meanwhile, or came to listen: back with it, unless there is a third.
        let _ = fs::hard_link(&aside, path);
        fs::remove_file(&aside)?;
        return Err(in_use());
    }
    fs::remove_file(&aside)
}

/// Whether somebody listens on the socket of this file, or may: only a refusal proves it dead.
fn listens(path: &Path) -> bool {
    let connect = || {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        // A listener whose queue is full would make us wait.
        socket.set_nonblocking(true)?;
        socket.connect(&SockAddr::unix(path)?)
    };
    match connect() {
        Ok(()) => true,
        Err(error) => {
            !matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound)
        }
    }
}

/// Another name in the same folder, for this process.
fn aside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{}", std::process::id()));
    PathBuf::from(name)
}

fn in_use() -> io::Error {
    io::Error::new(io::ErrorKind::AddrInUse, "another process listens on this socket")
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    fn bind(path: &Path) -> io::Result<(Socket, SocketFile)> {
        listen(path, &ListenOptions::default())
    }

    #[test]
    fn a_dead_socket_is_replaced_and_a_living_one_is_not() {
        // The standard library's listener leaves its file behind when it goes.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let living = UnixListener::bind(&path).unwrap();
        assert_eq!(bind(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        UnixStream::connect(&path).expect("the living one is left where it was");
        drop(living);
        assert!(path.exists());
        let ours = bind(&path).unwrap();
        assert_eq!(bind(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left aside");
        drop(ours.1);
        assert!(!path.exists());
    }

    #[test]
    fn a_full_queue_is_a_living_listener() {
        // Whoever is too busy to accept is not dead, and asking does not wait.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let _busy = listen(&path, &ListenOptions { backlog: 0, ..ListenOptions::default() });
        let _waiting = UnixStream::connect(&path).unwrap();
        assert_eq!(bind(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert!(path.exists());
    }

    #[test]
    fn other_files_are_left_alone() {
        // Neither a file, nor a link to a dead socket, is ours to remove.
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        let dead = folder.path().join("dead");
        drop(UnixListener::bind(&dead).unwrap());
        fs::write(&file, "precious").unwrap();
        std::os::unix::fs::symlink(&dead, &link).unwrap();
        for path in [&file, &link] {
            assert_eq!(bind(path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read(&file).unwrap(), b"precious");
        assert!(link.is_symlink() && dead.exists());
    }

    #[test]
    fn the_file_of_a_successor_is_left_alone() {
        // Somebody has put another socket in our place: it is not ours to remove.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let (_socket, file) = bind(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let _successor = UnixListener::bind(&path).unwrap();
        drop(file);
        assert!(path.exists());
    }

    #[test]
    fn permissions_are_as_asked_for() {
        // Whatever the umask says.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let options = ListenOptions { mode: Some(0o666), ..ListenOptions::default() };
        let _ours = listen(&path, &options).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o666);
    }
}
