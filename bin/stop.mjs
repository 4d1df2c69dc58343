/** A reason to stop that a person can act on: a stable code, and one sentence that says what to do. */
export class Stop extends Error {
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

/** What a failed file operation in the clone means, or the error itself. */
export function stopOf(error, folder) {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    return new Stop('install.disk_full', `the disk of ${folder} is full; free about 1 GB and start again`)
  if (['EACCES', 'EPERM', 'EROFS'].includes(error.code))
    return new Stop(
      'install.folder_not_writable',
      `${folder} cannot be written by this user (${error.code}); fix its owner, or start as the user who cloned it`,
    )
  return error
}
