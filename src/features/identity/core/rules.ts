import { ok, type Result, refuse } from '#kernel/result.ts'

export const PASSWORD_LEAST = 10
export const PASSWORD_MOST = 256

/** Length is what counts; composition rules only move people to `Passw0rd!`. */
export function checkPassword(password: string, name: string): Result<string> {
  const length = [...password].length
  if (length < PASSWORD_LEAST)
    return refuse('identity.password_too_short', `a password has at least ${PASSWORD_LEAST} characters`)
  if (length > PASSWORD_MOST)
    return refuse('identity.password_too_long', `a password has at most ${PASSWORD_MOST} characters`)
  if (password.toLowerCase().includes(name.toLowerCase()) && length < name.length + PASSWORD_LEAST)
    return refuse('identity.password_too_easy', 'the password is little more than the name')
  if (new Set(password).size < 4)
    return refuse('identity.password_too_easy', 'the password repeats too few characters')
  return ok(password)
}

/** 1 to 64 letters, digits, `.`, `_`, `-` or `@`, of any script; names differ by more than case. */
export function checkName(name: string): Result<string> {
  const trimmed = name.normalize('NFC').trim()
  return /^[\p{L}\p{N}._@-]{1,64}$/u.test(trimmed)
    ? ok(trimmed)
    : refuse('identity.name_invalid', 'a name has 1 to 64 letters, digits or . _ - @')
}
