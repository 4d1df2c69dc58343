import { Alert, Input } from 'antd'
import type { Connector } from '#/api/intake-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { CopyButton } from '#/parts/small.tsx'

/** The address to give to the platform, or why there is none. */
export function CallbackBox({
  connector,
  url,
}: {
  readonly connector: Connector
  readonly url: string | null
}) {
  const { t } = useWording()
  if (url === null) {
    const { stream, push } = connector.capabilities
    return <p className="hf-faint">{t(stream || push ? 'connection.streamHint' : 'connection.fileHint')}</p>
  }
  return (
    <div className="hf-callback">
      <div className="hf-callback-line">
        <Input
          readOnly
          value={url}
          aria-label={t('connection.callback')}
          onFocus={(e) => e.target.select()}
        />
        <CopyButton text={url} label={t('common.copy')} />
      </div>
      <p className="hf-faint">{t('connection.callbackHint')}</p>
      {isLocal(url) ? <Alert type="warning" showIcon title={t('connection.local')} /> : null}
    </div>
  )
}

function isLocal(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
