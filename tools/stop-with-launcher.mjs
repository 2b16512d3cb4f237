/**
 * Preloaded into whatever the launcher starts: asks this process to stop when the launcher asks for it or is gone, however it
 * went. The launcher holds the other end of a pipe, which ends with it even when it is killed.
 */
import { Socket } from 'node:net';

const descriptor = process.env.BAILIFF_LAUNCHER_PIPE;
// Worker threads and processes of this one preload the same file, and the pipe is not theirs.
delete process.env.BAILIFF_LAUNCHER_PIPE;
if (descriptor !== undefined) {
  const launcher = new Socket({ fd: Number(descriptor), readable: true, writable: false });
  launcher.on('error', () => {}); // Followed by `close`, as its end is.
  launcher.once('close', () => process.kill(process.pid, 'SIGTERM'));
  launcher.resume();
  launcher.unref(); // It does not keep a process alive that has done its work.
}
