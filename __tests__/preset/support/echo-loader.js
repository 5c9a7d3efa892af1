/** What an app may do with any file. */
module.exports = () => 'module.exports = "echo";';
module.exports.raw = true;
