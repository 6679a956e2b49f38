#ifndef HINOMI_API_CONSOLE_IMPL_ACK_STYLE_H_
#define HINOMI_API_CONSOLE_IMPL_ACK_STYLE_H_

#include <string_view>

namespace hinomi::api::impl {

/// The design's tokens with plain colours: old phones know no light-dark().
inline constexpr std::string_view kAckStyle =
    ":root{color-scheme:light dark;--ground:#f5f6f7;--surface:#fff;--line:#dbe0e4;--line-2:#808a93;"
    "--ink:#12181d;--ink-2:#434e57;--ink-3:#5d6871;--accent:#1b4e8f;--on-accent:#fff;"
    "--crit:#b02a10;--crit-solid:#b02a10;--warn:#7a4e00;--ok:#0a644f;--mute:#56616a;--run:#1b4e8f;"
    "--c1:#0f479c;"
    "--font:-apple-system,BlinkMacSystemFont,\"Segoe UI\",\"Hiragino Sans\",\"Yu Gothic "
    "UI\",Meiryo,"
    "\"Noto Sans CJK JP\",\"Noto Sans JP\",\"Noto Sans\",system-ui,sans-serif}"
    "@media(prefers-color-scheme:dark){:root{--ground:#0e1216;--surface:#141a1f;--line:#272f36;"
    "--line-2:#6a7681;--ink:#e8ecef;--ink-2:#b3bdc5;--ink-3:#929da6;--accent:#8ab8f7;"
    "--on-accent:#0a1522;--crit:#ff8d76;--crit-solid:#c63a1e;--warn:#efb84e;--ok:#62caab;"
    "--mute:#9aa5ae;--run:#8ab8f7;--c1:#9fbdf5}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);"
    "font:16px/1.55 var(--font);font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}"
    ":lang(ja){line-break:strict;word-break:auto-phrase}body{overflow-wrap:anywhere}"
    "h1,h2,p,ol{margin:0;padding:0}ol{list-style:none}"
    ".w{max-width:30rem;margin:0 auto;padding:0 16px 24px}"
    "header{display:flex;align-items:center;gap:8px;min-height:52px;color:var(--ink-2);"
    "font-size:14px}header b{color:var(--ink)}header a{margin-left:auto;padding:0 8px}"
    ".mk{width:22px;height:26px;color:var(--ink)}.mk .fire{color:var(--crit)}"
    "button{font:inherit;color:inherit;min-height:44px;border:1px solid var(--line-2);"
    "border-radius:4px;background:var(--surface);padding:0 12px;cursor:pointer}"
    ":focus-visible{outline:3px solid var(--accent);outline-offset:2px}"
    ".st{display:inline-flex;align-items:center;gap:6px;font-weight:600;color:var(--s)}"
    ".fill{background:var(--crit-solid);color:#fff;padding:2px 8px;border-radius:4px}"
    ".crit{--s:var(--crit)}.warn{--s:var(--warn)}.ok{--s:var(--ok)}.mute{--s:var(--mute)}"
    ".run{--s:var(--run)}.st.ok,.st.mute{font-weight:400}"
    ".ic{width:1em;height:1em;fill:none;stroke:currentColor;stroke-width:1.7;"
    "stroke-linecap:round;stroke-linejoin:round;flex:none}"
    ".f{fill:currentColor}.cut{stroke:var(--crit-solid)}"
    "h1{font-size:24px;line-height:1.35;padding:8px 0 4px}.dim{color:var(--ink-2)}"
    ".sm{font-size:14px}.num{white-space:nowrap}.next{padding:10px 0 12px}"
    "form,.done{display:grid;gap:10px;padding:4px 0 16px;border-bottom:1px solid var(--line)}"
    ".done .st{font-size:20px}"
    ".go{min-height:64px;font-size:20px;font-weight:600;background:var(--accent);"
    "border-color:var(--accent);color:var(--on-accent)}"
    ".two{display:flex;gap:10px}.two button{flex:1}"
    "h2{font-size:14px;font-weight:600;padding:14px 0 4px}"
    ".plot{display:block;width:100%;height:auto}.plot text{font:12px var(--font);fill:var(--ink-3)}"
    ".plot .lim{fill:none;stroke:var(--crit);stroke-dasharray:5 3}.plot .tl{fill:var(--crit)}"
    ".plot .ax{stroke:var(--line-2)}"
    ".plot .ln{fill:none;stroke:var(--c1);stroke-width:2;stroke-linejoin:round}"
    "li{display:grid;grid-template-columns:3.2em 1fr;gap:0 10px;padding:8px 0;"
    "border-bottom:1px solid var(--line);font-size:14px}li:last-child{border:0}"
    "a{color:var(--accent);min-height:44px;display:inline-flex;align-items:center}";

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_ACK_STYLE_H_
