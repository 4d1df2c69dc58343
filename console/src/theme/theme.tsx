import { App, theme as antdTheme, ConfigProvider, type ThemeConfig } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from 'react'
import { useWording } from '#/i18n/language.tsx'
import { useLocalState } from '#/lib/local-state.ts'
import { PALETTES, paintDocument, type Scheme } from './palette.ts'

export type ThemeChoice = 'light' | 'dark' | 'system'

/** System fonts only: nothing is fetched, and each platform shows its own best Chinese face. */
const FONT =
  "-apple-system, 'Segoe UI', Inter, Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', sans-serif"
const MONO =
  "ui-monospace, SFMono-Regular, 'Cascadia Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace"

function antdConfig(scheme: Scheme): ThemeConfig {
  const p = PALETTES[scheme]
  return {
    ...(scheme === 'dark' ? { algorithm: antdTheme.darkAlgorithm } : {}),
    token: {
      fontFamily: FONT,
      fontFamilyCode: MONO,
      fontSize: 13,
      fontSizeSM: 12,
      controlHeight: 30,
      controlHeightSM: 26,
      controlHeightLG: 36,
      padding: 14,
      paddingLG: 20,
      borderRadius: 5,
      colorPrimary: p.brand,
      colorPrimaryHover: p.brandHover,
      colorPrimaryBg: p.brandSoft,
      colorPrimaryBgHover: p.brandSoft,
      colorPrimaryText: p.link,
      colorTextLightSolid: p.onBrand,
      colorLink: p.link,
      colorLinkHover: p.focus,
      colorInfo: p.brand,
      colorInfoBg: p.brandSoft,
      colorInfoBorder: p.line,
      colorSuccess: p.tones.good.mark,
      colorWarning: p.tones.wait.mark,
      colorError: scheme === 'dark' ? '#ff8a84' : '#b3261e',
      colorErrorText: p.tones.bad.text,
      colorBgLayout: p.canvas,
      colorBgContainer: p.surface,
      colorBgElevated: p.raised,
      colorBorder: p.line,
      colorBorderSecondary: p.lineSoft,
      colorText: p.text,
      colorTextSecondary: p.textSoft,
      colorTextTertiary: p.textFaint,
      colorTextDescription: p.textFaint,
      colorTextPlaceholder: p.textFaint,
      colorTextDisabled: p.textFaint,
      colorIcon: p.textFaint,
      controlItemBgActive: p.rowSelected,
      controlItemBgHover: p.rowHover,
      controlOutline: 'transparent',
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.16s',
    },
    components: {
      Table: {
        cellPaddingBlockSM: 6,
        cellPaddingInlineSM: 8,
        cellFontSizeSM: 13,
        headerBg: p.sunken,
        headerColor: p.textSoft,
        headerSplitColor: 'transparent',
        rowHoverBg: p.rowHover,
        rowSelectedBg: p.rowSelected,
        rowSelectedHoverBg: p.rowSelected,
        borderColor: p.lineSoft,
        bodySortBg: 'transparent',
        headerSortActiveBg: p.sunken,
        headerSortHoverBg: p.rowHover,
      },
      Menu: {
        itemBg: 'transparent',
        itemHeight: 34,
        itemSelectedBg: p.brandSoft,
        itemSelectedColor: p.link,
        itemHoverBg: p.rowHover,
        groupTitleColor: p.textFaint,
        groupTitleFontSize: 12,
        activeBarBorderWidth: 0,
      },
      Layout: {
        siderBg: p.surface,
        headerBg: p.surface,
        bodyBg: p.canvas,
        headerHeight: 48,
        headerPadding: '0 16px',
      },
      Tabs: {
        horizontalItemPadding: '8px 0',
        horizontalItemGutter: 20,
        itemColor: p.textSoft,
        itemSelectedColor: p.link,
      },
      Segmented: { itemColor: p.textSoft, itemSelectedColor: p.text, trackBg: p.lineSoft },
      Drawer: { paddingLG: 20 },
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
      Tooltip: { colorBgSpotlight: scheme === 'dark' ? '#35424a' : '#22303a' },
    },
  }
}

type ThemeState = {
  readonly choice: ThemeChoice
  readonly setChoice: (choice: ThemeChoice) => void
  readonly scheme: Scheme
}
const Context = createContext<ThemeState | null>(null)

const darkMedia = window.matchMedia('(prefers-color-scheme: dark)')
function onSystemScheme(listener: () => void): () => void {
  darkMedia.addEventListener('change', listener)
  return () => darkMedia.removeEventListener('change', listener)
}

export function ThemeProvider({ children }: { readonly children: ReactNode }) {
  const { language } = useWording()
  const [choice, setChoice] = useLocalState<ThemeChoice>('theme', 'system')
  const systemDark = useSyncExternalStore(onSystemScheme, () => darkMedia.matches)
  const scheme: Scheme = choice === 'system' ? (systemDark ? 'dark' : 'light') : choice
  useEffect(() => paintDocument(scheme), [scheme])
  const state = useMemo(() => ({ choice, setChoice, scheme }), [choice, setChoice, scheme])
  const config = useMemo(() => antdConfig(scheme), [scheme])
  return (
    <Context value={state}>
      <ConfigProvider
        theme={config}
        locale={language === 'zh' ? zhCN : enUS}
        button={{ autoInsertSpace: false }}
        componentSize="small"
      >
        <App notification={{ placement: 'topRight' }}>{children}</App>
      </ConfigProvider>
    </Context>
  )
}

export function useTheme(): ThemeState {
  const state = useContext(Context)
  if (!state) throw new Error('ThemeProvider is missing')
  return state
}
