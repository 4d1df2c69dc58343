import { quoted, type ServerSettings } from './settings.ts'

// The least that the hub's account needs, as commands that a person copies.

export function createUser(own: ServerSettings): string {
  return `CREATE USER '${plain(own.user)}'@'%' IDENTIFIED BY '<password>';\n${grantSelect(own)}\n${grantReplication(own)}`
}
export function grantSelect(own: ServerSettings): string {
  return `GRANT SELECT ON ${quoted(own.database)}.\`stock\` TO '${plain(own.user)}'@'%';`
}
export function grantReplication(own: ServerSettings): string {
  return `GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO '${plain(own.user)}'@'%';`
}
/** For commands that a person copies. */
function plain(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll("'", "''")
}
